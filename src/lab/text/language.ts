import { InputError } from '../../sys/errors.ts';
import type { Words } from './words.ts';

/** The languages that the labs speak. */
export const LANGUAGES = ['en', 'zh-CN'] as const;
export type Language = (typeof LANGUAGES)[number];

/** `--lang`, else what the locale says. locale(7) */
export function chooseLanguage(wanted: string | undefined, env = process.env): Language {
  const { LC_ALL, LC_MESSAGES, LANG } = env;
  if (wanted === undefined) return /^zh\b|^zh_/i.test(LC_ALL || LC_MESSAGES || LANG || '') ? 'zh-CN' : 'en';
  const found = LANGUAGES.find((each) => each.toLowerCase() === wanted.toLowerCase().replace('_', '-'));
  if (found) return found;
  throw new InputError(`--lang "${wanted}": the labs do not speak it`, {
    hint: `languages: ${LANGUAGES.join(', ')}`,
  });
}

/** The words that all labs have in common. */
export async function wordsOf(language: Language): Promise<Words> {
  return (await (language === 'en' ? import('./en.ts') : import('./zh-cn.ts'))).default;
}
