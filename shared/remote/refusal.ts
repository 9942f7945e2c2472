/** What the stores of Google and Azure say no with. */
import { MissingFile, UserError } from '../problem/problem.ts';
import { saidBy } from '../registry/remote/answer.ts';
import { REPLACED } from './store.ts';

export interface StoreRefusal {
  readonly status: number;
  /** The address. */
  readonly where: string;
  /** The store's own words. */
  readonly said: readonly (string | undefined)[];
  /** How a job logs in. */
  readonly logIn: string;
  /** The role that allows it, with the resource. */
  readonly allow: string;
  /** Were credentials sent? */
  readonly known: boolean;
}

export function refusalOf({ status, where, said, logIn, allow, known }: StoreRefusal): UserError {
  if (status === 412) return new UserError({ ...REPLACED, where });
  const words = saidBy(said);
  if (status === 404)
    return new MissingFile({ what: `is not there: 404${words}`, where, fix: 'check the address for slips' });
  const isLogin = status === 401 || (status === 403 && !known);
  const fix = isLogin
    ? known
      ? `the credentials have expired, or are another store’s: ${logIn}, shortly before this step`
      : `no credentials were sent: ${logIn}`
    : status === 403
      ? `allow the job’s account ${allow}`
      : 'see the store’s answer';
  return new UserError({ what: `the store refused: ${status}${words}`, where, fix });
}
