use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "weak-cipher",
        summary: "A cipher or a mode is used that is broken or too small",
        severity: Severity::High,
        cwe: 327,
        owasp: "A02:2021",
        area: "cryptography",
        aliases: &["B304", "S304", "B305", "S305", "DUO134"],
        page: include_str!("weak-cipher.md"),
    },
    sinks: &[],
};
