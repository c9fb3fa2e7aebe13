use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "unsafe-reflection",
        summary: "User input decides which module, attribute or global is taken",
        severity: Severity::High,
        cwe: 470,
        owasp: "A03:2021",
        area: "injection",
        aliases: &[],
        page: include_str!("unsafe-reflection.md"),
    },
    sinks: &["reflection"],
};
