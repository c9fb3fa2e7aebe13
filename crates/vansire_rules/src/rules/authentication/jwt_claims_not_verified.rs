use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "jwt-claims-not-verified",
        summary: "A token is accepted after its end, or for whomever it was made",
        severity: Severity::Medium,
        cwe: 613,
        owasp: "A07:2021",
        area: "authentication",
        aliases: &[],
        page: include_str!("jwt-claims-not-verified.md"),
    },
    sinks: &[],
};
