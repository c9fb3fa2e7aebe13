use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "jwt-weak-key",
        summary: "A JSON Web Token is signed with a short constant key",
        severity: Severity::High,
        cwe: 1391,
        owasp: "A02:2021",
        area: "authentication",
        aliases: &[],
        page: include_str!("jwt-weak-key.md"),
    },
    sinks: &[],
};
