import { Injectable } from '@nestjs/common';
import { DomainError } from '#libs/common';
import { AuthenticationForesight, type DecisionTrace, type WouldBeProof } from '#libs/credentials';
import type { TokenParameters } from './grants/grant.js';
import { TokenEndpoint } from './token-endpoint.js';
import type { ForeseenToken } from './token-issuer.js';

/** A rule that was judged, and how it turned out. */
export interface JudgedRule {
  readonly rule: string;
  readonly passed: boolean;
}

/** What the token endpoint would answer, and why. */
export interface Foresight {
  /** In the order in which the endpoint judges; the last one is the one that refuses, if any does. */
  readonly judged: readonly JudgedRule[];
  readonly refusal: DomainError | undefined;
  readonly token: ForeseenToken | undefined;
  /** The lists of allowed networks in shadow mode that would refuse it. */
  readonly shadowedBy: readonly string[];
}

class RuleList implements DecisionTrace {
  readonly rules: string[] = [];

  judging(rule: string): void {
    this.rules.push(rule);
  }
}

/** Asks the code of the token endpoint what it would answer. Issues nothing, counts nothing, writes nothing. */
@Injectable()
export class TokenForesight {
  constructor(
    private readonly authentication: AuthenticationForesight,
    private readonly endpoint: TokenEndpoint,
  ) {}

  async foresee(proof: WouldBeProof, parameters: TokenParameters): Promise<Foresight> {
    const trace = new RuleList();
    let token: ForeseenToken | undefined;
    let refusal: DomainError | undefined;
    try {
      token = await this.decide(proof, parameters, trace);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      refusal = error;
    }
    const passed = refusal ? trace.rules.length - 1 : trace.rules.length;
    const judged = trace.rules.map((rule, index) => ({ rule, passed: index < passed }));
    const networksCount = trace.rules.includes('organization_networks');
    const shadowedBy = networksCount ? this.authentication.shadowedBy(proof) : [];
    return { judged, refusal, token, shadowedBy };
  }

  private async decide(
    proof: WouldBeProof,
    parameters: TokenParameters,
    trace: DecisionTrace,
  ): Promise<ForeseenToken> {
    const by = await this.authentication.mustProve(proof, trace);
    const grant = this.endpoint.grantFor(by, parameters, trace);
    return grant.foresee(grant.decide(by, parameters, trace), proof.at, trace);
  }
}
