use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "weak-tls-version",
        summary: "A TLS context allows versions that are broken",
        severity: Severity::Medium,
        cwe: 327,
        owasp: "A02:2021",
        area: "transport",
        aliases: &["B502", "S502", "B503", "S503"],
        page: include_str!("weak-tls-version.md"),
    },
    sinks: &[],
};
