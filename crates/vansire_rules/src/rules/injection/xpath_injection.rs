use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "xpath-injection",
        summary: "User input becomes part of an XPath expression",
        severity: Severity::High,
        cwe: 643,
        owasp: "A03:2021",
        area: "injection",
        aliases: &[],
        page: include_str!("xpath-injection.md"),
    },
    sinks: &["xpath"],
};
