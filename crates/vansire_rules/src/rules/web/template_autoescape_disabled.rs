use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "template-autoescape-disabled",
        summary: "Templates of a web application don't escape what they print",
        severity: Severity::Medium,
        cwe: 116,
        owasp: "A03:2021",
        area: "web",
        aliases: &["B701", "S701"],
        page: include_str!("template-autoescape-disabled.md"),
    },
    sinks: &[],
};
