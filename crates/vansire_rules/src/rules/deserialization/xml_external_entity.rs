use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "xml-external-entity",
        summary: "XML from the user is parsed with external entities",
        severity: Severity::High,
        cwe: 611,
        owasp: "A05:2021",
        area: "deserialization",
        aliases: &[
            "B313", "S313", "B314", "S314", "B315", "S315", "B316", "S316", "B317", "S317", "B318", "S318",
            "B319", "S319", "B320", "S320", "DUO107", "DUO135",
        ],
        page: include_str!("xml-external-entity.md"),
    },
    sinks: &["xml"],
};
