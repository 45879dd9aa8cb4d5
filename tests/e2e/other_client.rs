//! Another client of the same account: boto3, which shares no code with stackctl. Tests look and meddle
//! through it.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value as Json;

use crate::emulators::Emulators;

/// boto3 in one account.
#[derive(Clone)]
pub struct OtherClient {
    python: String,
    env: BTreeMap<String, String>,
}

impl OtherClient {
    /// A client of the account behind `access_key`, past the faults.
    pub fn new(emulators: &Emulators, access_key: &str) -> Self {
        let mut env = emulators.env.clone();
        env.insert("AWS_ENDPOINT_URL".into(), emulators.direct.clone());
        env.insert("AWS_ACCESS_KEY_ID".into(), access_key.into());
        Self { python: emulators.python.clone(), env }
    }

    /// Runs a script after `other_client.py`; whatever it assigns to `result` comes back.
    ///
    /// # Panics
    /// With Python's own traceback when the script fails.
    pub fn run(&self, script: &str) -> Json {
        let prelude = include_str!("other_client.py");
        let program =
            format!("{prelude}\n\n{script}\n\nimport json\nprint(json.dumps(result, default=str))\n");
        let mut child = Command::new(&self.python)
            .arg("-")
            .envs(&self.env)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the Python of the emulators runs");
        child.stdin.take().expect("piped").write_all(program.as_bytes()).expect("Python reads its program");
        let output = child.wait_with_output().expect("Python ends");
        assert!(output.status.success(), "{script}\n{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("the result is JSON")
    }

    /// Everything in the account that does not come with it: `kind id` in order, with the address of what
    /// carries one.
    pub fn inventory(&self) -> Vec<Item> {
        serde_json::from_value(self.run("result = inventory()")).expect("items")
    }
}

/// Something that exists.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
pub struct Item {
    /// `vpc`, `subnet`, `security-group`, ...; a type's name where Cloud Control has it.
    pub kind: String,
    /// The provider's id.
    pub id: String,
    /// The tag `stackctl:stack`.
    pub stack: Option<String>,
    /// The tag `stackctl:address`.
    pub address: Option<String>,
}

/// Asserts that no address is carried by two resources.
pub fn assert_nothing_twice(items: &[Item]) {
    let mut seen: BTreeMap<(&Option<String>, &String), &Item> = BTreeMap::new();
    for item in items {
        if let Some(address) = &item.address
            && let Some(other) = seen.insert((&item.stack, address), item)
        {
            panic!("{address} exists twice: {other:?} and {item:?}");
        }
    }
}
