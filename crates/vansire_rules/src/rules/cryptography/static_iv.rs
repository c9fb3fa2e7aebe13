use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "static-iv",
        summary: "Text is encrypted with an initialization vector that is always the same",
        severity: Severity::High,
        cwe: 329,
        owasp: "A02:2021",
        area: "cryptography",
        aliases: &[],
        page: include_str!("static-iv.md"),
    },
    sinks: &[],
};
