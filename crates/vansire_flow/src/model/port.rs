//! Ports: which value of a call a row of a model speaks of.

use vansire_python::Symbol;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Base {
    /// By position, by keyword, or either.
    Argument {
        position: Option<u32>,
        name: Option<Symbol>,
    },
    /// All positional arguments from this one on.
    ArgumentsFrom(u32),
    /// All keyword arguments.
    Keywords,
    Receiver,
    Return,
    /// Of an item assignment.
    Key,
    Value,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PortStep {
    Attribute(Symbol),
    Key(Symbol),
    Index(i32),
    /// Any element.
    Any,
    /// Spread over several arguments.
    Spread,
    Keys,
    /// What is in the file at this path.
    Content,
}

/// `arg(0:sql)["key"]`
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Port {
    pub base: Base,
    pub path: Vec<PortStep>,
}

impl Port {
    /// Parses a port. The error says what is wrong, without the place.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let (base, mut rest) = if let Some(inner) = text.strip_prefix("arg(") {
            let Some((inner, rest)) = inner.split_once(')') else {
                return Err(format!("`)` is missing in the port `{text}`"));
            };
            (argument(inner.trim(), text)?, rest)
        } else {
            let end = text.find(['.', '[']).unwrap_or(text.len());
            let base = match &text[..end] {
                "self" => Base::Receiver,
                "return" => Base::Return,
                "key" => Base::Key,
                "value" => Base::Value,
                other => {
                    return Err(format!(
                        "`{other}` is no port: `arg(…)`, `self`, `return`, `key` or `value`"
                    ));
                }
            };
            (base, &text[end..])
        };
        let mut path = Vec::new();
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix(".content()") {
                path.push(PortStep::Content);
                rest = after;
            } else if let Some(after) = rest.strip_prefix(".keys()") {
                path.push(PortStep::Keys);
                rest = after;
            } else if let Some(after) = rest.strip_prefix('.') {
                let end = after.find(['.', '[']).unwrap_or(after.len());
                path.push(PortStep::Attribute(Symbol::new(&after[..end])));
                rest = &after[end..];
            } else if let Some(after) = rest.strip_prefix('[') {
                let Some((inner, after)) = after.split_once(']') else {
                    return Err(format!("`]` is missing in the port `{text}`"));
                };
                path.push(match inner {
                    "*" => PortStep::Any,
                    "..." => PortStep::Spread,
                    _ => {
                        if let Some(key) = inner.strip_prefix('"').and_then(|key| key.strip_suffix('"')) {
                            PortStep::Key(Symbol::new(key))
                        } else if let Ok(index) = inner.parse() {
                            PortStep::Index(index)
                        } else {
                            return Err(format!("`[{inner}]` in the port `{text}` is no index, key or `*`"));
                        }
                    }
                });
                rest = after;
            } else {
                return Err(format!("`{rest}` can't follow in the port `{text}`"));
            }
        }
        Ok(Self { base, path })
    }

    /// Whether it's a file that is meant, not the value that names it.
    pub fn is_content(&self) -> bool {
        self.path.last() == Some(&PortStep::Content)
    }
}

fn argument(inner: &str, text: &str) -> Result<Base, String> {
    if inner == "**" {
        return Ok(Base::Keywords);
    }
    if let Some(from) = inner.strip_suffix("...") {
        return match from.parse() {
            Ok(position) => Ok(Base::ArgumentsFrom(position)),
            Err(_) => Err(format!("`{from}` in the port `{text}` is no position")),
        };
    }
    if let Some((position, name)) = inner.split_once(':') {
        return match position.trim().parse() {
            Ok(position) => {
                Ok(Base::Argument { position: Some(position), name: Some(Symbol::new(name.trim())) })
            }
            Err(_) => Err(format!("`{position}` in the port `{text}` is no position")),
        };
    }
    if inner.is_empty() {
        return Err(format!("the port `{text}` names no argument"));
    }
    Ok(match inner.parse() {
        Ok(position) => Base::Argument { position: Some(position), name: None },
        Err(_) => Base::Argument { position: None, name: Some(Symbol::new(inner)) },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_what_the_page_describes() {
        let port = Port::parse(r#"arg(1:kwargs)["key"].attr[*]"#).expect("a port");
        assert_eq!(port.base, Base::Argument { position: Some(1), name: Some(Symbol::new("kwargs")) });
        assert_eq!(
            port.path,
            [PortStep::Key(Symbol::new("key")), PortStep::Attribute(Symbol::new("attr")), PortStep::Any]
        );
        assert_eq!(Port::parse("arg(2...)").expect("a port").base, Base::ArgumentsFrom(2));
        assert_eq!(Port::parse("arg(**)").expect("a port").base, Base::Keywords);
    }

    #[test]
    fn refuses_what_is_none() {
        for text in ["", "arg(", "arg()", "argument(0)", "arg(0)[x]", "self-", "arg(x:y)", "arg(0)[1"] {
            assert!(Port::parse(text).is_err(), "{text}");
        }
    }
}
