use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "jwt-algorithm-confusion",
        summary: "A token may be signed with a public key in the place of a shared secret",
        severity: Severity::High,
        cwe: 347,
        owasp: "A02:2021",
        area: "authentication",
        aliases: &[],
        page: include_str!("jwt-algorithm-confusion.md"),
    },
    sinks: &[],
};
