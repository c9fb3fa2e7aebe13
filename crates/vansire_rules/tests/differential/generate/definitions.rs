//! Functions and classes of the program.

use super::{Class, Function, Parameter, Type, Variable, Writer};

impl Writer {
    fn parameters(&mut self) -> Vec<Parameter> {
        let mut parameters = Vec::new();
        let mut optional = false;
        for at in 0..self.random.between(1, 3) {
            let of = if at == 0 || self.random.chance(50) { Type::Text } else { self.some_type() };
            optional |= self.random.chance(20);
            parameters.push(Parameter { name: self.fresh("p"), of, optional, keyword_only: false });
        }
        parameters
    }

    /// `(a, b="", *rest, c, **named)`, with `first` before all.
    fn signature(&mut self, first: Option<&str>) -> (String, Vec<Parameter>, Vec<Variable>, bool, bool) {
        let mut parameters = self.parameters();
        let starred = self.random.chance(15);
        let named = self.random.chance(15);
        let mut parts: Vec<String> = first.map(str::to_owned).into_iter().collect();
        let mut variables = Vec::new();
        for parameter in &parameters {
            let text = if parameter.optional {
                format!("{}={}", parameter.name, self.expression(&parameter.of, 1))
            } else {
                parameter.name.clone()
            };
            parts.push(text);
            variables.push(Variable { name: parameter.name.clone(), of: parameter.of.clone() });
        }
        if starred {
            parts.push("*rest".to_owned());
            // A tuple of any length: read like a list, not changed.
            parts.last_mut().expect("it was added").clone_from(&"*rest".to_owned());
        }
        if self.random.chance(20) {
            if !starred {
                parts.push("*".to_owned());
            }
            let name = self.fresh("p");
            parts.push(name.clone());
            variables.push(Variable { name: name.clone(), of: Type::Text });
            parameters.push(Parameter { name, of: Type::Text, optional: false, keyword_only: true });
        }
        if named {
            parts.push("**named".to_owned());
            variables.push(Variable { name: "named".to_owned(), of: Type::dictionary(Type::Text) });
        }
        (parts.join(", "), parameters, variables, starred, named)
    }

    pub fn function(&mut self) {
        match self.random.below(9) {
            0 => return self.recursive(),
            1 => return self.decorator(),
            2 => return self.factory(),
            _ => {}
        }
        let name = self.fresh("f");
        let (signature, parameters, variables, starred, named) = self.signature(None);
        let result = match self.random.below(10) {
            0..=4 => Type::Text,
            5 => Type::Iterator,
            _ => self.some_type(),
        };
        let generator = result == Type::Iterator;
        let inside = if generator { None } else { Some(result.clone()) };
        self.body(&format!("def {name}({signature}):"), &variables, inside, |writer| {
            if starred {
                writer.line("rest = list(rest)");
                writer.bind("rest", Type::list(Type::Text));
            }
            let count = writer.random.between(0, 4);
            writer.statements(count);
            if generator {
                writer.yields();
            } else {
                let value = writer.expression(&result, 2);
                writer.line(format!("return {value}"));
            }
        });
        self.functions.push(Function { name, parameters, starred, named, result });
    }

    fn yields(&mut self) {
        for _ in 0..self.random.between(1, 3) {
            match self.random.below(4) {
                0 => {
                    let list = self.list(&Type::Text, 1);
                    self.line(format!("yield from {list}"));
                }
                1 => {
                    let (name, list) = (self.fresh("i"), self.list(&Type::Text, 1));
                    self.block(format!("for {name} in {list}:"), |writer| {
                        writer.bind(&name, Type::Text);
                        let value = writer.text(1);
                        writer.line(format!("yield {value}"));
                    });
                }
                _ => {
                    let value = self.text(2);
                    self.line(format!("yield {value}"));
                }
            }
        }
    }

    fn recursive(&mut self) {
        let name = self.fresh("f");
        let (value, count) = (self.fresh("p"), self.fresh("p"));
        let texts = [Variable { name: value.clone(), of: Type::Text }];
        self.body(&format!("def {name}({value}, {count}=2):"), &texts, Some(Type::Text), |writer| {
            writer.block(format!("if {count} <= 0:"), |writer| {
                let result = writer.text(1);
                writer.line(format!("return {result}"));
            });
            let inner = writer.random.between(0, 2);
            writer.statements(inner);
            let (argument, rest) = (writer.text(1), writer.text(0));
            match writer.random.below(3) {
                0 => writer.line(format!("return {name}({argument}, {count} - 1)")),
                1 => writer.line(format!("return {name}({argument}, {count} - 1) + {rest}")),
                _ => {
                    writer.line(format!("{name}({argument}, {count} - 1)"));
                    writer.line(format!("return {rest}"));
                }
            }
        });
        let parameter = |name: String, of, optional| Parameter { name, of, optional, keyword_only: false };
        self.functions.push(Function {
            name,
            parameters: vec![parameter(value, Type::Text, false)],
            starred: false,
            named: false,
            result: Type::Text,
        });
    }

    /// A function that wraps another.
    fn decorator(&mut self) {
        let (decorator, name, parameter) = (self.fresh("wrap"), self.fresh("f"), self.fresh("p"));
        let with_any = self.random.chance(50);
        self.block(format!("def {decorator}(function):"), |writer| {
            let signature = if with_any { "*arguments, **keywords" } else { "value" };
            writer.block(format!("def wrapper({signature}):"), |writer| {
                let call = if with_any { "function(*arguments, **keywords)" } else { "function(value)" };
                match writer.random.below(4) {
                    0 => writer.line(format!("return {call}")),
                    1 => {
                        let other = writer.text(0);
                        writer.line(format!("return {call} + {other}"));
                    }
                    2 => {
                        writer.line(format!("result = {call}"));
                        writer.line("sink(result)");
                        writer.line("return result");
                    }
                    _ => {
                        let other = writer.text(0);
                        let argument = if with_any { "arguments[0]" } else { "value" };
                        writer.line(format!("sink({argument})"));
                        writer.line(format!("return function({argument} + {other})"));
                    }
                }
            });
            writer.line("return wrapper");
        });
        self.line(format!("@{decorator}"));
        let parameters = [Variable { name: parameter.clone(), of: Type::Text }];
        self.body(&format!("def {name}({parameter}):"), &parameters, Some(Type::Text), |writer| {
            let value = writer.text(2);
            writer.line(format!("return {value}"));
        });
        self.functions.push(Function {
            name,
            // Its name isn't a keyword of every wrapper.
            parameters: vec![Parameter {
                name: "value".to_owned(),
                of: Type::Text,
                optional: false,
                keyword_only: false,
            }],
            starred: true,
            named: false,
            result: Type::Text,
        });
        let last = self.functions.last_mut().expect("it was added");
        last.starred = false;
    }

    /// A function that makes a function.
    fn factory(&mut self) {
        let (name, outer, inner) = (self.fresh("f"), self.fresh("p"), self.fresh("p"));
        let parameters = [Variable { name: outer.clone(), of: Type::Text }];
        self.body(&format!("def {name}({outer}):"), &parameters, Some(Type::Callable), |writer| {
            if writer.random.chance(50) {
                writer.line("kept = []");
                writer.bind("kept", Type::list(Type::Text));
            }
            let inside = [Variable { name: inner.clone(), of: Type::Text }];
            writer.body(&format!("def call({inner}):"), &inside, Some(Type::Text), |writer| {
                if writer.random.chance(40) {
                    writer.line(format!("nonlocal {outer}"));
                    let value = writer.text(1);
                    writer.line(format!("{outer} = {value}"));
                }
                let count = writer.random.between(0, 2);
                writer.statements(count);
                let value = writer.text(2);
                writer.line(format!("return {value}"));
            });
            writer.line("return call");
        });
        self.functions.push(Function {
            name,
            parameters: vec![Parameter { name: outer, of: Type::Text, optional: false, keyword_only: false }],
            starred: false,
            named: false,
            result: Type::Callable,
        });
    }

    pub fn class(&mut self) {
        let name = self.fresh("Class");
        let at = self.classes.len();
        let base = if at > 0 && self.random.chance(50) { Some(self.random.below(at)) } else { None };
        let mut class = match base {
            Some(base) => self.classes[base].clone(),
            None => Class::default(),
        };
        class.name.clone_from(&name);
        class.base = base;
        let header = match base {
            Some(base) => format!("class {name}({}):", self.classes[base].name),
            None => format!("class {name}:"),
        };
        let outer = std::mem::take(&mut self.variables);
        self.block(header, |writer| writer.members(&mut class));
        self.variables = outer;
        self.classes.push(class);
    }

    fn members(&mut self, class: &mut Class) {
        if self.random.chance(40) {
            let (field, value) = (self.fresh("shared"), self.text(0));
            self.line(format!("{field} = {value}"));
            class.fields.push((field.clone(), None));
            class.texts.push(field);
        }
        if class.base.is_none() || self.random.chance(40) {
            self.constructor(class);
        }
        for _ in 0..self.random.below(3) {
            self.method(class);
        }
        if self.random.chance(40) {
            let (name, value) = (self.fresh("property"), self.inside(class));
            self.line("@property");
            self.block(format!("def {name}(self):"), |writer| writer.line(format!("return {value}")));
            class.texts.push(name.clone());
            if self.random.chance(40)
                && let Some((field, _)) = class.fields.iter().find(|(_, of)| *of == Some(Type::Text))
            {
                let field = field.clone();
                self.line(format!("@{name}.setter"));
                self.block(format!("def {name}(self, value):"), |writer| {
                    writer.line(format!("self.{field} = value"));
                });
                class.fields.push((name, None));
            }
        }
        for ability in ["item", "iter", "call", "text", "add", "with", "get", "contains"] {
            if self.random.chance(15) {
                self.ability(class, ability);
            }
        }
    }

    /// A text that a method of the class can see.
    fn inside(&mut self, class: &Class) -> String {
        let mut texts: Vec<String> = Vec::new();
        for (field, of) in &class.fields {
            match of {
                None | Some(Type::Text) => texts.push(format!("self.{field}")),
                Some(Type::List(element)) if **element == Type::Text => {
                    texts.push(format!("self.{field}[{}]", self.position()));
                    texts.push(format!("\",\".join(self.{field})"));
                }
                Some(Type::Dictionary(element)) if **element == Type::Text => {
                    texts.push(format!("self.{field}.get({}, \"\")", self.key()));
                }
                _ => {}
            }
        }
        if self.random.chance(25) {
            return self.text(1);
        }
        match self.random.one(&texts) {
            Some(text) if self.random.chance(30) => format!("{text} + {}", self.text(1)),
            Some(text) => text,
            None => self.text(1),
        }
    }

    fn constructor(&mut self, class: &mut Class) {
        let mut parameters = Vec::new();
        let mut types = Vec::new();
        let mut lines = Vec::new();
        if class.base.is_some() {
            let inherited: Vec<Type> = class.parameters.clone();
            let names: Vec<String> = inherited.iter().map(|_| self.fresh("p")).collect();
            lines.push(format!("super().__init__({})", names.join(", ")));
            parameters.extend(names);
            types.extend(inherited);
        }
        for _ in 0..self.random.between(1, 2) {
            let of = match self.random.below(6) {
                0..=3 => Type::Text,
                4 => Type::list(Type::Text),
                _ => Type::dictionary(Type::Text),
            };
            let (field, parameter) = (self.fresh("field"), self.fresh("p"));
            let value = match &of {
                Type::Text if self.random.chance(20) => format!("{parameter} + {}", self.text(0)),
                _ => parameter.clone(),
            };
            lines.push(format!("self.{field} = {value}"));
            class.fields.push((field.clone(), Some(of.clone())));
            if of == Type::Text {
                class.texts.push(field);
            }
            parameters.push(parameter);
            types.push(of);
        }
        self.block(format!("def __init__(self, {}):", parameters.join(", ")), |writer| {
            for line in lines {
                writer.line(line);
            }
        });
        class.parameters = types;
    }

    fn method(&mut self, class: &mut Class) {
        // Sometimes another one for the same name.
        let inherited: Vec<Function> = class.methods.clone();
        if class.base.is_some()
            && self.random.chance(40)
            && let Some(method) = self.random.one(&inherited)
            && method.result == Type::Text
            && !method.starred
            && !method.named
        {
            let names: Vec<String> = method.parameters.iter().map(|one| one.name.clone()).collect();
            let signature: Vec<String> = method
                .parameters
                .iter()
                .map(|one| if one.optional { format!("{}=\"\"", one.name) } else { one.name.clone() })
                .collect();
            if method
                .parameters
                .iter()
                .all(|one| !one.keyword_only && (!one.optional || one.of == Type::Text))
            {
                let value = self.inside(class);
                self.block(format!("def {}(self, {}):", method.name, signature.join(", ")), |writer| {
                    match writer.random.below(3) {
                        0 => writer.line(format!("return {value}")),
                        _ => writer.line(format!(
                            "return super().{}({}) + {value}",
                            method.name,
                            names.join(", ")
                        )),
                    }
                });
                return;
            }
        }
        let name = self.fresh("method");
        let kind = self.random.below(8);
        let first = match kind {
            0 => {
                self.line("@staticmethod");
                None
            }
            1 => {
                self.line("@classmethod");
                Some("cls")
            }
            _ => Some("self"),
        };
        let (signature, parameters, variables, starred, named) = self.signature(first);
        let value = if kind < 2 { self.text(1) } else { self.inside(class) };
        let texts: Vec<String> = class
            .fields
            .iter()
            .filter(|(_, of)| *of == Some(Type::Text))
            .map(|(field, _)| field.clone())
            .collect();
        let lists: Vec<String> = class
            .fields
            .iter()
            .filter(|(_, of)| *of == Some(Type::list(Type::Text)))
            .map(|(field, _)| field.clone())
            .collect();
        self.body(&format!("def {name}({signature}):"), &variables, Some(Type::Text), |writer| {
            let count = writer.random.between(0, 2);
            writer.statements(count);
            if kind >= 2
                && writer.random.chance(40)
                && let Some(field) = writer.random.one(&texts)
            {
                let written = writer.text(1);
                writer.line(format!("self.{field} = {written}"));
            }
            if kind >= 2
                && writer.random.chance(50)
                && let Some(field) = writer.random.one(&lists)
            {
                let written = writer.text(1);
                writer.line(format!("self.{field}.append({written})"));
            }
            let value = if writer.random.chance(50) { value } else { writer.text(1) };
            writer.line(format!("return {value}"));
        });
        class.methods.push(Function { name, parameters, starred, named, result: Type::Text });
    }

    fn ability(&mut self, class: &mut Class, ability: &'static str) {
        let value = self.inside(class);
        let give = |header: &str, writer: &mut Self, text: &str| {
            writer.block(header, |writer| writer.line(text));
        };
        match ability {
            "item" => {
                let Some((field, _)) =
                    class.fields.iter().find(|(_, of)| *of == Some(Type::dictionary(Type::Text))).cloned()
                else {
                    return;
                };
                give("def __getitem__(self, key):", self, &format!("return self.{field}.get(key, \"\")"));
                give("def __setitem__(self, key, value):", self, &format!("self.{field}[key] = value"));
            }
            "iter" => give("def __iter__(self):", self, &format!("yield {value}")),
            "call" => {
                let other = self.random.pick(&["argument", "\"a\"", "argument.upper()"]);
                give("def __call__(self, argument):", self, &format!("return {other} + {value}"));
            }
            "text" => give(
                if self.random.chance(50) { "def __str__(self):" } else { "def __repr__(self):" },
                self,
                &format!("return {value}"),
            ),
            "add" => give("def __add__(self, other):", self, &format!("return {value} + other")),
            "get" => give(
                "def __getattr__(self, name):",
                self,
                &format!("return {value} if name == \"anything\" else \"\""),
            ),
            "with" => {
                give("def __enter__(self):", self, &format!("return {value}"));
                let result = self.random.pick(&["False", "True", "None"]);
                give("def __exit__(self, *details):", self, &format!("return {result}"));
            }
            _ => {
                give("def __contains__(self, one):", self, &format!("return one == {value}"));
                return;
            }
        }
        if ability == "with" || !class.abilities.contains(&ability) {
            class.abilities.push(ability);
        }
    }
}
