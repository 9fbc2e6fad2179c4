/** What is typed to call the program. */
export const programName = 'registry-scraper';
