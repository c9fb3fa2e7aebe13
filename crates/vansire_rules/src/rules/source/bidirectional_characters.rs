use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "bidirectional-characters",
        summary: "Characters that don't show make code read otherwise than it runs",
        severity: Severity::High,
        cwe: 1007,
        owasp: "A08:2021",
        area: "source",
        aliases: &["PLE2502", "B613", "S613", "E2502", "bidirectional-unicode"],
        page: include_str!("bidirectional-characters.md"),
    },
    sinks: &[],
};
