use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "weak-hash",
        summary: "A hash function is used for which collisions are found",
        severity: Severity::Medium,
        cwe: 328,
        owasp: "A02:2021",
        area: "cryptography",
        aliases: &["B303", "S303", "B324", "S324", "DUO128", "DUO129", "DUO130", "DUO136"],
        page: include_str!("weak-hash.md"),
    },
    sinks: &[],
};
