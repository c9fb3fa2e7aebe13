use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "interpreter-hook-set",
        summary: "A function is put where the interpreter calls it for every line or call",
        severity: Severity::Low,
        cwe: 94,
        owasp: "A03:2021",
        area: "injection",
        aliases: &["DUO111"],
        page: include_str!("interpreter-hook-set.md"),
    },
    sinks: &[],
};
