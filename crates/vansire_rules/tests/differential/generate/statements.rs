//! Statements.

use super::{Type, Variable, Writer};

impl Writer {
    pub fn statements(&mut self, count: usize) {
        for _ in 0..count {
            self.statement();
            if self.random.chance(40) {
                self.sink();
            }
        }
    }

    /// Something arrives in a sink; mostly what a variable holds.
    pub fn sink(&mut self) {
        if self.random.chance(65)
            && let Some(variable) = {
                let late: Vec<Variable> = self.variables.iter().rev().take(6).cloned().collect();
                self.random.one(&late)
            }
            && !matches!(variable.of, Type::Callable | Type::Instance(_) | Type::Iterator | Type::Number)
        {
            let name = variable.name;
            let value = match (variable.of, self.random.below(3)) {
                (Type::List(_), 0) => format!("{name}[{}]", self.position()),
                (Type::Dictionary(_), 0) => format!("{name}[{}]", self.key()),
                (Type::Dictionary(_), 1) => format!("{name}.get({})", self.key()),
                (Type::Tuple(elements), 0 | 1) => format!("{name}[{}]", self.random.below(elements.len())),
                _ => name,
            };
            self.line(format!("sink({value})"));
            return;
        }
        let value = self.text(2);
        self.line(format!("sink({value})"));
    }

    fn inner(&mut self) {
        let count = self.random.between(1, 3);
        self.statements(count);
    }

    fn new_variable(&mut self) {
        let of = self.some_type();
        let value = self.expression(&of, 3);
        // Bound anew now and then.
        let name = match self.own_variable(&of) {
            Some(name) if self.random.chance(30) => name,
            _ => self.fresh("x"),
        };
        self.line(format!("{name} = {value}"));
        if !self.variables.iter().any(|one| one.name == name) {
            self.bind(&name, of);
        }
    }

    pub fn statement(&mut self) {
        let deep = self.nesting > 4;
        match self.random.below(60) {
            0..=11 => self.new_variable(),
            12..=14 => self.unpacking(),
            15..=17 => self.augmented(),
            18..=25 => self.change_of_list(),
            26..=30 => self.change_of_dictionary(),
            31 => self.change_of_set(),
            32..=34 => self.change_of_instance(),
            35 | 36 => self.change_of_nested(),
            37 => self.global_write(),
            38 => self.leave(),
            _ if deep => self.new_variable(),
            39..=42 => self.branches(),
            43..=46 => self.for_loop(),
            47 => self.while_loop(),
            48..=50 => self.attempt(),
            51 => self.with(),
            52..=54 => self.match_statement(),
            55 | 56 => self.closure(),
            57 => self.generator_here(),
            _ => self.call_statement(),
        }
    }

    fn call_statement(&mut self) {
        let Some(function) = self.random.one(&self.functions.clone()) else { return self.new_variable() };
        let call = self.call(&function.name.clone(), &function, 1);
        let name = self.fresh("x");
        self.line(format!("{name} = {call}"));
        self.bind(&name, function.result);
    }

    fn unpacking(&mut self) {
        let (one, two, three) = (self.fresh("x"), self.fresh("x"), self.fresh("x"));
        match self.random.below(8) {
            0 => {
                let pair = self.tuple(&[Type::Text, Type::Text], 2);
                self.line(format!("{one}, {two} = {pair}"));
                self.bind(&one, Type::Text);
                self.bind(&two, Type::Text);
            }
            1 | 2 => {
                let list = self.list(&Type::Text, 2);
                let target = match self.random.below(3) {
                    0 => format!("{one}, *{two}"),
                    1 => format!("*{two}, {one}"),
                    _ => {
                        self.bind(&three, Type::Text);
                        format!("{one}, *{two}, {three}")
                    }
                };
                let known = self.variables.len();
                self.line(format!("{target} = {list}"));
                self.variables.truncate(known);
                self.bind(&one, Type::Text);
                self.bind(&two, Type::list(Type::Text));
            }
            3 => {
                let value = self.text(2);
                self.line(format!("{one} = {two} = {value}"));
                self.bind(&one, Type::Text);
                self.bind(&two, Type::Text);
            }
            4 => {
                let value = self.list(&Type::Text, 2);
                self.line(format!("{one} = {two} = {value}"));
                self.bind(&one, Type::list(Type::Text));
                self.bind(&two, Type::list(Type::Text));
            }
            5 => {
                let (first, second) = (self.own_variable(&Type::Text), self.own_variable(&Type::Text));
                if let (Some(first), Some(second)) = (first, second) {
                    self.line(format!("{first}, {second} = {second}, {first}"));
                }
            }
            6 => {
                let (value, list) = (self.text(1), self.list(&Type::Text, 1));
                self.line(format!("({one}, [{two}, *{three}]) = ({value}, {list})"));
                self.bind(&one, Type::Text);
                self.bind(&two, Type::Text);
                self.bind(&three, Type::list(Type::Text));
            }
            _ => {
                let of = self.some_type();
                if let Some(name) = self.variable(&of) {
                    self.line(format!("{one} = {name}"));
                    self.bind(&one, of);
                }
            }
        }
    }

    fn augmented(&mut self) {
        if self.random.chance(50)
            && let Some(name) = self.own_variable(&Type::Text)
        {
            let value = self.text(1);
            self.line(format!("{name} += {value}"));
        } else if let Some(name) = self.own_variable(&Type::list(Type::Text)) {
            let value = if self.random.chance(20) { "\"ab\"".to_owned() } else { self.list(&Type::Text, 1) };
            match self.random.below(6) {
                0 => self.line(format!("{name} *= 2")),
                _ => self.line(format!("{name} += {value}")),
            }
        } else if let Some(name) = self.own_variable(&Type::dictionary(Type::Text)) {
            let value = self.dictionary(&Type::Text, 1);
            self.line(format!("{name} |= {value}"));
        }
    }

    fn change_of_list(&mut self) {
        let Some(name) = self.variable(&Type::list(Type::Text)) else { return self.new_variable() };
        let (position, value) = (self.position(), self.text(1));
        match self.random.below(22) {
            0..=3 => self.line(format!("{name}.append({value})")),
            4 | 5 => self.line(format!("{name}.insert({position}, {value})")),
            6 | 7 => {
                let list = self.list(&Type::Text, 1);
                self.line(format!("{name}.extend({list})"));
            }
            8..=10 => {
                self.block(format!("if len({name}) > 2:"), |writer| {
                    writer.line(format!("{name}[{position}] = {value}"));
                });
            }
            11 => self.line(format!("{name}[{position}] = {value}")),
            12 => {
                let (slice, list) = (self.slice(), self.list(&Type::Text, 1));
                let slice = if slice.starts_with("::") { "1:1" } else { &slice };
                self.line(format!("{name}[{slice}] = {list}"));
            }
            13 => {
                let slice = self.slice();
                self.line(format!("del {name}[{slice}]"));
            }
            14 => self.block(format!("if {name}:"), |writer| {
                writer.line(format!("del {name}[{}]", if position.len() > 2 { "0" } else { "-1" }));
            }),
            15 => self.block(format!("if {value} in {name}:"), |writer| {
                writer.line(format!("{name}.remove({value})"));
            }),
            16 => {
                let method = self.random.pick(&[
                    "clear()",
                    "sort()",
                    "reverse()",
                    "sort(key=len)",
                    "sort(reverse=True)",
                ]);
                self.line(format!("{name}.{method}"));
            }
            17 | 18 => {
                let new = self.fresh("x");
                let position = self.random.pick(&["", "0", "-1"]);
                self.line(format!("{new} = {name}.pop({position}) if {name} else \"\""));
                self.bind(&new, Type::Text);
            }
            19 => self.line(format!("{name}[0], {name}[-1] = {name}[-1], {name}[0]")),
            20 => self.line(format!("{name}[{position}] += {value}")),
            _ => {
                let new = self.fresh("x");
                self.line(format!("{new} = {name}"));
                self.line(format!("{new}.append({value})"));
                self.bind(&new, Type::list(Type::Text));
            }
        }
    }

    fn change_of_dictionary(&mut self) {
        let Some(name) = self.variable(&Type::dictionary(Type::Text)) else { return self.new_variable() };
        let (key, value) = (self.key(), self.text(1));
        match self.random.below(14) {
            0..=2 => self.line(format!("{name}[{key}] = {value}")),
            3 => {
                let key = self.text(1);
                self.line(format!("{name}[{key}] = {value}"));
            }
            4 => {
                let other = self.dictionary(&Type::Text, 1);
                self.line(format!("{name}.update({other})"));
            }
            5 => self.line(format!("{name}.update(b={value})")),
            6 => self.line(format!("{name}.setdefault({key}, {value})")),
            7 => {
                self.block(format!("if {key} in {name}:"), |writer| {
                    writer.line(format!("del {name}[{key}]"));
                });
            }
            8 => self.line(format!("{name}.pop({key}, None)")),
            9 => self.line(format!("{name}.clear()")),
            10 => self.line(format!("{name}[{key}] = {name}.get({key}, \"\") + {value}")),
            11 => {
                let pairs = self.list(&Type::Tuple(vec![Type::Text, Type::Text]), 1);
                self.line(format!("{name}.update({pairs})"));
            }
            12 => self.line(format!("{name}.update({{{key}: {value}}}, c={value})")),
            _ => {
                let new = self.fresh("x");
                self.line(format!("{new} = {name}"));
                self.line(format!("{new}[{key}] = {value}"));
                self.bind(&new, Type::dictionary(Type::Text));
            }
        }
    }

    fn change_of_set(&mut self) {
        let Some(name) = self.variable(&Type::Set) else { return self.new_variable() };
        let value = self.text(1);
        match self.random.below(5) {
            0 | 1 => self.line(format!("{name}.add({value})")),
            2 => self.line(format!("{name}.discard({value})")),
            3 => {
                let list = self.list(&Type::Text, 1);
                self.line(format!("{name}.update({list})"));
            }
            _ => {
                let new = self.fresh("x");
                self.line(format!("{new} = {name}.pop() if {name} else \"\""));
                self.bind(&new, Type::Text);
            }
        }
    }

    fn change_of_instance(&mut self) {
        let Some(class) = self.some_class() else { return self.new_variable() };
        let Some(name) = self.variable(&Type::Instance(class)) else {
            let (new, value) = (self.fresh("x"), self.instance(class, 1));
            self.line(format!("{new} = {value}"));
            return self.bind(&new, Type::Instance(class));
        };
        let (fields, abilities) = (self.classes[class].fields.clone(), self.classes[class].abilities.clone());
        if self.random.chance(20) {
            if abilities.contains(&"item") {
                let (key, value) = (self.key(), self.text(1));
                self.line(format!("{name}[{key}] = {value}"));
            }
            return;
        }
        let Some((field, of)) = self.random.one(&fields) else { return };
        let of = of.unwrap_or(Type::Text);
        match (&of, self.random.below(5)) {
            (Type::List(_), 0 | 1) => {
                let value = self.text(1);
                self.line(format!("{name}.{field}.append({value})"));
            }
            (Type::Dictionary(_), 0 | 1) => {
                let (key, value) = (self.key(), self.text(1));
                self.line(format!("{name}.{field}[{key}] = {value}"));
            }
            (Type::Text, 0) => {
                let value = self.text(1);
                self.line(format!("{name}.{field} += {value}"));
            }
            (_, 1) => {
                let value = self.expression(&of, 1);
                self.line(format!("setattr({name}, \"{field}\", {value})"));
            }
            (_, 2) => {
                let new = self.fresh("x");
                self.line(format!("{new} = {name}.{field}"));
                self.bind(&new, of);
            }
            _ => {
                let value = self.expression(&of, 2);
                self.line(format!("{name}.{field} = {value}"));
            }
        }
    }

    fn change_of_nested(&mut self) {
        let value = self.text(1);
        if let Some(name) = self.variable(&Type::list(Type::list(Type::Text)))
            && self.random.chance(60)
        {
            let position = self.position();
            match self.random.below(4) {
                0 => self.line(format!("{name}[{position}].append({value})")),
                1 => self.line(format!("{name}[{position}][0] = {value}")),
                2 => {
                    let list = self.list(&Type::Text, 1);
                    self.line(format!("{name}.append({list})"));
                }
                _ => {
                    let new = self.fresh("x");
                    self.line(format!("{new} = {name}[{position}]"));
                    self.bind(&new, Type::list(Type::Text));
                }
            }
        } else if let Some(name) = self.variable(&Type::dictionary(Type::list(Type::Text))) {
            let key = self.key();
            match self.random.below(3) {
                0 | 1 => self.line(format!("{name}.setdefault({key}, []).append({value})")),
                _ => {
                    let new = self.fresh("x");
                    self.line(format!("{new} = {name}.get({key}, [])"));
                    self.bind(&new, Type::list(Type::Text));
                }
            }
        }
    }

    fn global_write(&mut self) {
        let Some(global) = self.random.one(&self.globals.clone()) else { return };
        match &global.of {
            Type::List(element) if **element == Type::Text => {
                let value = self.text(1);
                self.line(format!("{}.append({value})", global.name));
            }
            Type::Dictionary(element) if **element == Type::Text => {
                let (key, value) = (self.key(), self.text(1));
                self.line(format!("{}[{key}] = {value}", global.name));
            }
            _ => {
                let (name, value) = (self.fresh("write"), self.expression(&global.of, 1));
                self.block(format!("def {name}():"), |writer| {
                    writer.line(format!("global {}", global.name));
                    writer.line(format!("{} = {value}", global.name));
                });
                self.line(format!("{name}()"));
            }
        }
    }

    fn leave(&mut self) {
        if self.nesting < 2 {
            return;
        }
        if self.in_loop && self.random.chance(60) {
            let word = self.random.pick(&["break", "continue"]);
            let test = self.condition(1);
            self.block(format!("if {test}:"), |writer| writer.line(word));
        } else if let Some(result) = self.result.clone() {
            let test = self.condition(1);
            let value = self.expression(&result, 1);
            self.block(format!("if {test}:"), |writer| writer.line(format!("return {value}")));
        }
    }

    fn branches(&mut self) {
        if self.random.chance(20) {
            let (name, value) = (self.fresh("x"), self.text(1));
            let test = match self.random.below(3) {
                0 => format!("({name} := {value})"),
                1 => format!("({name} := {value}) != \"a\""),
                _ => format!("len({name} := {value}) > 2"),
            };
            return self.block(format!("if {test}:"), |writer| {
                writer.bind(&name, Type::Text);
                writer.inner();
            });
        }
        let test = self.condition(1);
        self.block(format!("if {test}:"), Self::inner);
        if self.random.chance(30) {
            let test = self.condition(1);
            self.block(format!("elif {test}:"), Self::inner);
        }
        if self.random.chance(50) {
            self.block("else:", Self::inner);
        }
    }

    fn looped(&mut self, header: &str, bound: &[(&str, Type)]) {
        let outer = std::mem::replace(&mut self.in_loop, true);
        self.block(header, |writer| {
            for (name, of) in bound {
                writer.bind(name, of.clone());
            }
            writer.inner();
        });
        self.in_loop = outer;
        if self.random.chance(15) {
            self.block("else:", Self::inner);
        }
    }

    fn for_loop(&mut self) {
        let (one, two) = (self.fresh("i"), self.fresh("i"));
        let pair = Type::Tuple(vec![Type::Text, Type::Text]);
        match self.random.below(11) {
            0..=2 => {
                let list = self.list(&Type::Text, 2);
                self.looped(&format!("for {one} in {list}:"), &[(&one, Type::Text)]);
            }
            3 => {
                let list = self.list(&Type::Text, 1);
                self.looped(
                    &format!("for {one}, {two} in enumerate({list}):"),
                    &[(&one, Type::Number), (&two, Type::Text)],
                );
            }
            4 => {
                let dictionary = self.dictionary(&Type::Text, 1);
                self.looped(
                    &format!("for {one}, {two} in {dictionary}.copy().items():"),
                    &[(&one, Type::Text), (&two, Type::Text)],
                );
            }
            5 => {
                let list = self.list(&pair, 1);
                self.looped(
                    &format!("for {one}, {two} in {list}:"),
                    &[(&one, Type::Text), (&two, Type::Text)],
                );
            }
            6 => {
                let bound = match self.variable(&Type::list(Type::Text)) {
                    Some(name) if self.random.chance(60) => format!("len({name})"),
                    _ => self.random.between(1, 4).to_string(),
                };
                self.looped(&format!("for {one} in range({bound}):"), &[(&one, Type::Number)]);
            }
            7 => {
                let (first, second) = (self.list(&Type::Text, 1), self.list(&Type::Text, 1));
                self.looped(
                    &format!("for {one}, {two} in zip({first}, {second}):"),
                    &[(&one, Type::Text), (&two, Type::Text)],
                );
            }
            8 => {
                let iterator = self.iterator(2);
                self.looped(&format!("for {one} in {iterator}:"), &[(&one, Type::Text)]);
            }
            9 => {
                let rows = self.list(&Type::list(Type::Text), 1);
                self.looped(&format!("for {one} in {rows}:"), &[(&one, Type::list(Type::Text))]);
            }
            _ => {
                let text = self.text(1);
                self.looped(&format!("for {one} in {text}:"), &[(&one, Type::Text)]);
            }
        }
    }

    fn while_loop(&mut self) {
        if self.random.chance(30)
            && let Some(list) = self.own_variable(&Type::list(Type::Text))
        {
            let name = self.fresh("x");
            self.line(format!("{list} = {list}[:4]"));
            self.block(format!("while {list}:"), |writer| {
                let position = writer.random.pick(&["", "0"]);
                writer.line(format!("{name} = {list}.pop({position})"));
                writer.sink();
            });
            return;
        }
        let counter = self.fresh("n");
        let (start, end) = (self.random.below(3), self.random.between(1, 4));
        self.line(format!("{counter} = {start}"));
        let outer = std::mem::replace(&mut self.in_loop, true);
        let test = if self.random.chance(50) { format!(" and {}", self.condition(0)) } else { String::new() };
        self.block(format!("while {counter} < {end}{test}:"), |writer| {
            writer.line(format!("{counter} += 1"));
            writer.bind(&counter, Type::Number);
            // Nothing must set it back.
            writer.foreign.push(counter.clone());
            writer.inner();
        });
        self.in_loop = outer;
    }

    fn attempt(&mut self) {
        let name = self.fresh("error");
        let result = self.fresh("x");
        let value = self.text(1);
        let initial = self.text(0);
        self.line(format!("{result} = {initial}"));
        self.bind(&result, Type::Text);
        self.block("try:", |writer| {
            writer.inner();
            writer.line(format!("{result} = {value}"));
            if writer.random.chance(60) {
                let (test, raised) = (writer.condition(1), writer.text(1));
                let exception = writer.random.pick(&["ValueError", "KeyError", "RuntimeError"]);
                writer.block(format!("if {test}:"), |writer| {
                    writer.line(format!("raise {exception}({raised})"));
                });
            }
            if writer.random.chance(50) {
                writer.inner();
            }
        });
        let mut handlers = 0;
        if self.random.chance(70) {
            handlers += 1;
            self.block(format!("except (ValueError, KeyError) as {name}:"), |writer| {
                if writer.random.chance(70) {
                    let how = writer.random.pick(&[
                        "str(NAME)",
                        "NAME.args[0]",
                        "f\"{NAME}\"",
                        "\"%s\" % NAME",
                        "repr(NAME)",
                        "NAME.args",
                    ]);
                    writer.line(format!("sink({})", how.replace("NAME", &name)));
                }
                writer.inner();
            });
        }
        if self.random.chance(50) || handlers == 0 {
            handlers += 1;
            self.block("except Exception:", Self::inner);
        }
        if handlers > 0 && self.random.chance(20) {
            self.block("else:", Self::inner);
        }
        if self.random.chance(35) {
            // A jump out of it would swallow every exception, that of the alarm as well.
            let outer = (self.result.take(), std::mem::replace(&mut self.in_loop, false));
            self.block("finally:", Self::inner);
            (self.result, self.in_loop) = outer;
        }
    }

    fn with(&mut self) {
        let classes: Vec<usize> =
            (0..self.classes.len()).filter(|&at| self.classes[at].abilities.contains(&"with")).collect();
        let Some(class) = self.random.one(&classes) else { return self.new_variable() };
        let name = self.fresh("x");
        let instance = self.instance(class, 1);
        self.block(format!("with {instance} as {name}:"), |writer| {
            writer.bind(&name, Type::Text);
            writer.line(format!("sink({name})"));
            writer.inner();
        });
    }

    fn match_statement(&mut self) {
        let (one, two) = (self.fresh("c"), self.fresh("c"));
        let which = self.random.below(5);
        let subject = match which {
            0 => self.text(1),
            1 => self.list(&Type::Text, 2),
            2 => self.tuple(&[Type::Text, Type::Text], 2),
            3 => self.dictionary(&Type::Text, 2),
            _ => match self.some_class() {
                Some(class) => self.instance(class, 1),
                None => self.text(1),
            },
        };
        self.block(format!("match {subject}:"), |writer| {
            let cases = writer.random.between(1, 3);
            for _ in 0..cases {
                let class = writer.some_class();
                let (pattern, bound): (String, Vec<(String, Type)>) = match (which, writer.random.below(4)) {
                    (0, 0) => ("\"a\" | \"b\"".to_owned(), vec![]),
                    (0, 1) => (format!("str() as {one}"), vec![(one.clone(), Type::Text)]),
                    (1 | 2, 0) => (
                        format!("[{one}, *{two}]"),
                        vec![(one.clone(), Type::Text), (two.clone(), Type::list(Type::Text))],
                    ),
                    (1 | 2, 1) => (
                        format!("[{one}, {two}]"),
                        vec![(one.clone(), Type::Text), (two.clone(), Type::Text)],
                    ),
                    (1 | 2, 2) => {
                        (format!("[\"a\", {one}] | [{one}, \"b\"]"), vec![(one.clone(), Type::Text)])
                    }
                    (3, 0) => (format!("{{\"a\": {one}}}"), vec![(one.clone(), Type::Text)]),
                    (3, 1) => (
                        format!("{{\"a\": {one}, **{two}}}"),
                        vec![(one.clone(), Type::Text), (two.clone(), Type::dictionary(Type::Text))],
                    ),
                    (3, 2) => (format!("{{\"key\": \"a\", \"b\": {one}}}"), vec![(one.clone(), Type::Text)]),
                    (4, 0 | 1) if class.is_some() => {
                        let class = &writer.classes[class.unwrap_or_default()];
                        match class.fields.iter().find(|(_, of)| *of == Some(Type::Text)) {
                            Some((field, _)) => {
                                (format!("{}({field}={one})", class.name), vec![(one.clone(), Type::Text)])
                            }
                            None => (format!("{}()", class.name), vec![]),
                        }
                    }
                    (4, _) => ("_".to_owned(), vec![]),
                    (0, _) => (one.clone(), vec![(one.clone(), Type::Text)]),
                    (3, _) => {
                        (format!("{{\"b\": _, **{two}}}"), vec![(two.clone(), Type::dictionary(Type::Text))])
                    }
                    (_, _) => (
                        format!("[*{two}, {one}]"),
                        vec![(one.clone(), Type::Text), (two.clone(), Type::list(Type::Text))],
                    ),
                };
                let irrefutable = pattern == "_" || pattern == one;
                let guard = if writer.random.chance(25) && !irrefutable {
                    format!(" if {}", writer.condition(0))
                } else {
                    String::new()
                };
                writer.block(format!("case {pattern}{guard}:"), |writer| {
                    for (name, of) in bound {
                        writer.bind(&name, of);
                    }
                    writer.inner();
                });
                if irrefutable {
                    return;
                }
            }
            if writer.random.chance(50) {
                writer.block("case _:", Self::inner);
            }
        });
    }

    /// A function that sees, and sometimes changes, what stands around it.
    fn closure(&mut self) {
        let name = self.fresh("inner");
        let parameter = self.fresh("p");
        let written = self.own_variable(&Type::Text);
        let parameters = [Variable { name: parameter.clone(), of: Type::Text }];
        let default = if self.random.chance(30) { format!("={}", self.text(0)) } else { String::new() };
        // A module's variables are no one's free variables.
        let nonlocal = written.filter(|_| self.result.is_some() && self.random.chance(60));
        self.body(&format!("def {name}({parameter}{default}):"), &parameters, Some(Type::Text), |writer| {
            if let Some(written) = nonlocal {
                writer.line(format!("nonlocal {written}"));
                let value = writer.text(2);
                writer.line(format!("{written} = {value}"));
            }
            let count = writer.random.between(0, 2);
            writer.statements(count);
            let value = writer.text(2);
            writer.line(format!("return {value}"));
        });
        self.bind(&name, Type::Callable);
        if self.random.chance(70) {
            let (result, argument) = (self.fresh("x"), self.text(1));
            self.line(format!("{result} = {name}({argument})"));
            self.bind(&result, Type::Text);
        }
    }

    fn generator_here(&mut self) {
        let name = self.fresh("x");
        let value = self.iterator(2);
        self.line(format!("{name} = {value}"));
        self.bind(&name, Type::Iterator);
        if self.random.chance(50) {
            let first = self.fresh("x");
            self.line(format!("{first} = next({name}, \"\")"));
            self.bind(&first, Type::Text);
        }
    }
}
