use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "constant-salt",
        summary: "A key is derived, or a password kept, with a salt that is always the same",
        severity: Severity::Medium,
        cwe: 760,
        owasp: "A02:2021",
        area: "cryptography",
        aliases: &[],
        page: include_str!("constant-salt.md"),
    },
    sinks: &[],
};
