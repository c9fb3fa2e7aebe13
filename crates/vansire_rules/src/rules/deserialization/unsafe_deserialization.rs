use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "unsafe-deserialization",
        summary: "User input is given to a loader that can build any object",
        severity: Severity::Critical,
        cwe: 502,
        owasp: "A08:2021",
        area: "deserialization",
        aliases: &["B301", "S301", "B302", "S302", "DUO103", "DUO119", "DUO120"],
        page: include_str!("unsafe-deserialization.md"),
    },
    sinks: &["deserialize"],
};
