use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "header-injection",
        summary: "User input with line breaks becomes part of an HTTP header",
        severity: Severity::Medium,
        cwe: 113,
        owasp: "A03:2021",
        area: "web",
        aliases: &[],
        page: include_str!("header-injection.md"),
    },
    sinks: &["header"],
};
