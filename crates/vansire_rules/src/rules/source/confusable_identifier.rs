use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "confusable-identifier",
        summary: "A name has letters that look like others",
        severity: Severity::Medium,
        cwe: 1007,
        owasp: "A08:2021",
        area: "source",
        aliases: &["PLC2401", "C2401", "non-ascii-name"],
        page: include_str!("confusable-identifier.md"),
    },
    sinks: &[],
};
