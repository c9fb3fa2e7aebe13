use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "timing-unsafe-comparison",
        summary: "A secret is compared with user input in a time that tells how much of it is right",
        severity: Severity::Low,
        cwe: 208,
        owasp: "A02:2021",
        area: "cryptography",
        aliases: &[],
        page: include_str!("timing-unsafe-comparison.md"),
    },
    sinks: &["comparison"],
};
