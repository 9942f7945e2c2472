/** Where a version comes from, and what became of it, link by link, each with its digests. */
import type { DriftLook, RetrainRecord } from '../drift/state.ts';
import type { Provenance } from '../registry/provenance.ts';
import type { AliasMove, ModelVersion } from '../registry/registry.ts';
import type { PastRollout } from '../rollout/state.ts';
import type { ComparedSubjects, Subject, Verdict } from '../verdict/verdict.ts';

export const LINEAGE_SCHEMA = 'ml-loop/lineage@1';

/** A verdict in the evidence. */
export interface JudgedBy extends Pick<Verdict, 'action' | 'status' | 'summary' | 'createdAt' | 'source'> {
  readonly file: string;
  /** Of the file. */
  readonly digest: string;
  readonly subjects: readonly Subject[];
  readonly compared: ComparedSubjects | null;
}

/** A version that came before, as the one after it records it. */
export interface Ancestor {
  readonly version: string;
  readonly digest: string;
  readonly from: 'input' | 'compared';
  /** Null if the registry does not have it any more. */
  readonly registeredAt: string | null;
  readonly commit: string | null;
}

export interface Lineage {
  readonly schema: typeof LINEAGE_SCHEMA;
  readonly name: string;
  readonly version: Pick<ModelVersion, 'version' | 'digest' | 'uri' | 'createdAt'>;
  readonly isChampion: boolean;
  /** When it became the champion, each time. */
  readonly championMoves: readonly AliasMove[];
  /** Null if the version has none. */
  readonly provenance: Provenance | null;
  /** Of the training data: what check-drift compares with. */
  readonly profile: { readonly digest: string; readonly rows: number } | null;
  readonly verdicts: readonly JudgedBy[];
  /** The nearest first. */
  readonly ancestors: readonly Ancestor[];
  /** The request that its training answered, as the drift state has it. */
  readonly request: RetrainRecord | null;
  /** Its own rollouts, the oldest first. */
  readonly rollouts: readonly PastRollout[];
  readonly drift: {
    /** What check-drift found while this version was in production, the oldest first. */
    readonly looks: readonly DriftLook[];
    /** The newest look, at whichever version. */
    readonly lastLook: DriftLook | null;
    /** What was asked for to replace this version. */
    readonly retrains: readonly RetrainRecord[];
  };
  /** What is missing, and what contradicts. */
  readonly gaps: readonly LineageGap[];
}

export const LINKS = ['data', 'provenance', 'verdicts', 'rollout', 'retrain', 'monitoring'] as const;
export type Link = (typeof LINKS)[number];

export interface LineageGap {
  readonly link: Link;
  /** `contradiction`: two records say different things, or one is damaged. */
  readonly kind: 'missing' | 'contradiction';
  readonly what: string;
  readonly fix?: string;
}
