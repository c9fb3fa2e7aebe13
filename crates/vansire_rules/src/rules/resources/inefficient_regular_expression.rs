use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "inefficient-regular-expression",
        summary: "A pattern that needs exponential time for some texts is matched against user input",
        severity: Severity::Medium,
        cwe: 1333,
        owasp: "A04:2021",
        area: "resources",
        aliases: &["DUO138"],
        page: include_str!("inefficient-regular-expression.md"),
    },
    sinks: &["pattern-subject"],
};
