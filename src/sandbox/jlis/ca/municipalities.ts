/** Where the invented persons live: one CRL partition each. Romanised as JPKI's distribution points are. */
export const municipalities = {
  "tokyo-chiyoda": { prefecture: "Tokyo-to", city: "Chiyoda-ku" },
  "hokkaido-sapporo-chuo": { prefecture: "Hokkaido", city: "Sapporo-shi-Chuo-ku" },
  "osaka-sakai-kita": { prefecture: "Osaka-fu", city: "Sakai-shi-Kita-ku" },
  "kyoto-uji": { prefecture: "Kyoto-fu", city: "Uji-shi" },
  "fukuoka-itoshima": { prefecture: "Fukuoka-ken", city: "Itoshima-shi" },
  "okinawa-naha": { prefecture: "Okinawa-ken", city: "Naha-shi" },
} as const;

export type MunicipalityId = keyof typeof municipalities;

export const municipalityIds = Object.keys(municipalities) as readonly MunicipalityId[];

export const isMunicipalityId = (text: string): text is MunicipalityId => Object.hasOwn(municipalities, text);
