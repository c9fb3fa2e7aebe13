use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "format-string-injection",
        summary: "User input is used as a format string",
        severity: Severity::Medium,
        cwe: 134,
        owasp: "A03:2021",
        area: "injection",
        aliases: &[],
        page: include_str!("format-string-injection.md"),
    },
    sinks: &["format"],
};
