use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "unsafe-model-load",
        summary: "A model is loaded from a file that can hold code",
        severity: Severity::Medium,
        cwe: 502,
        owasp: "A08:2021",
        area: "deserialization",
        aliases: &["B614", "S614"],
        page: include_str!("unsafe-model-load.md"),
    },
    sinks: &[],
};
