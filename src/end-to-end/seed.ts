/** What tests draw their chances from. `REGISTRY_SCRAPER_SEED` draws those of an earlier run again, as far as time can be repeated. */
export const seed = Number(process.env['REGISTRY_SCRAPER_SEED'] ?? Date.now() % 1_000_000);
