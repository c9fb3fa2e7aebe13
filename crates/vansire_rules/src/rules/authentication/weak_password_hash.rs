use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "weak-password-hash",
        summary: "A password is kept with too little cost to guess it",
        severity: Severity::High,
        cwe: 916,
        owasp: "A02:2021",
        area: "authentication",
        aliases: &[],
        page: include_str!("weak-password-hash.md"),
    },
    sinks: &[],
};
