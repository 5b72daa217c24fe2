/* A PKCS #11 module whose token answers everything, and takes so many MILLISECONDS for a signature. */
#include <string.h>
#include <unistd.h>
typedef unsigned long U;
static U ok(void) { return 0; }
static U slotlist(unsigned char p, U *l, U *n) { if (l) l[0] = 1; *n = 1; return 0; }
static U info(U s, unsigned char *i) { memset(i, ' ', 32); memcpy(i, "bridge", 6); return 0; }
static U open_(U s, U f, void *a, void *b, U *h) { static U next = 1; *h = next++; return 0; }
static U find(U s, U *f, U m, U *n) { f[0] = 7; *n = 1; return 0; }
static U sign(U s, void *d, U n, void *o, U *l) { usleep(MILLISECONDS * 1000); *l = 64; return 0; }
static struct { unsigned char v[2]; void *f[68]; } list;
U C_GetFunctionList(void **out) {
  for (int i = 0; i < 68; i++) list.f[i] = ok;
  list.f[4] = slotlist; list.f[6] = info; list.f[12] = open_; list.f[27] = find; list.f[43] = sign;
  *out = &list; return 0;
}
