/** The outcome of one check of the conformance kit. */
export interface CheckResult {
  readonly name: string;
  readonly passed: boolean;
  /** What was wrong; empty when the check passed. */
  readonly detail: string;
}
