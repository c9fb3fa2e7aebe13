use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "template-injection",
        summary: "User input is compiled as a template",
        severity: Severity::Critical,
        cwe: 1336,
        owasp: "A03:2021",
        area: "injection",
        aliases: &[],
        page: include_str!("template-injection.md"),
    },
    sinks: &["template"],
};
