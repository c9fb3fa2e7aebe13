use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "missing-authenticated-encryption",
        summary: "Text is encrypted in a mode that lets it be changed unnoticed",
        severity: Severity::Medium,
        cwe: 353,
        owasp: "A02:2021",
        area: "cryptography",
        aliases: &[],
        page: include_str!("missing-authenticated-encryption.md"),
    },
    sinks: &[],
};
