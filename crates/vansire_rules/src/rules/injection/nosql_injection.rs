use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "nosql-injection",
        summary: "User input becomes an operator or code in a query of a document database",
        severity: Severity::High,
        cwe: 943,
        owasp: "A03:2021",
        area: "injection",
        aliases: &[],
        page: include_str!("nosql-injection.md"),
    },
    sinks: &["nosql", "nosql-script"],
};
