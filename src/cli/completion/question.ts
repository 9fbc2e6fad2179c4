/** The word that makes a call a question of a shell. It is no command: nobody types it. */
export const QUESTION = '__complete';
