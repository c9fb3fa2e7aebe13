use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "sql-injection",
        summary: "User input becomes part of an SQL statement",
        severity: Severity::Critical,
        cwe: 89,
        owasp: "A03:2021",
        area: "injection",
        aliases: &["B608", "S608", "B610", "S610", "B611", "S611"],
        page: include_str!("sql-injection.md"),
    },
    sinks: &["sql"],
};
