/** The model's name where the file names none. */
export const UNNAMED = '';
