import type { MunicipalityId } from "../ca/municipalities.ts";
import type { HolderAttributes } from "../ca/profile.ts";

/** Invented persons. Names and addresses say that they are samples; nobody is meant. */
export interface Person extends HolderAttributes {
  readonly municipality: MunicipalityId;
}

const person = (
  name: string,
  gender: HolderAttributes["gender"],
  birthDate: string,
  municipality: MunicipalityId,
  address: string,
): Person => ({ name, gender, birthDate, municipality, address });

export const people = {
  taro: person("見本　太郎", "1", "1985-04-12", "tokyo-chiyoda", "東京都千代田区見本町一丁目１番１号"),
  hanako: person("見本　花子", "2", "1990-11-03", "kyoto-uji", "京都府宇治市見本町２番地"),
  jiro: person("試験　次郎", "1", "1978-02-28", "osaka-sakai-kita", "大阪府堺市北区試験町三丁目３番"),
  yuki: person("試験　雪", "2", "1996-01-20", "hokkaido-sapporo-chuo", "北海道札幌市中央区見本通４番地"),
  minato: person("例示　湊", "1", "2001-07-07", "fukuoka-itoshima", "福岡県糸島市例示５番地"),
  umi: person("例示　海", "2", "1969-09-15", "okinawa-naha", "沖縄県那覇市例示六丁目６番"),
  aoi: person("見本　葵", "2", "1988-05-30", "tokyo-chiyoda", "東京都千代田区見本町七丁目７番"),
  kaede: person("試験　楓", "3", "1993-03-08", "kyoto-uji", "京都府宇治市試験町８番地"),
  ren: person("例示　蓮", "1", "1982-12-01", "osaka-sakai-kita", "大阪府堺市北区例示町九丁目９番"),
  mio: person("見本　澪", "2", "1999-08-24", "fukuoka-itoshima", "福岡県糸島市見本１０番地"),
} as const satisfies Readonly<Record<string, Person>>;

export type PersonKey = keyof typeof people;
