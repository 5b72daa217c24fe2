#!/usr/bin/env -S MALLOC_ARENA_MAX=2 MALLOC_TRIM_THRESHOLD_=131072 node --max-semi-space-size=4 --heap-growing-percent=50
/**
 * Where the program starts. In JavaScript, and what was compiled is kept before anything else is loaded: Node
 * strips types of what it has not kept, and the stripper alone takes 20 MiB and 40 ms of each process.
 * The first line halves its memory, from the start of a process only. The flags bound V8, which else lets the space
 * for new objects grow to 128 MiB, and the rest to four times what is alive before it looks; the variables bound
 * glibc, which else keeps in an arena of each thread whatever compiling once took.
 */
import { keepCompiledCode } from "./compiled-code.js";

keepCompiledCode();
await import("./main.ts");
