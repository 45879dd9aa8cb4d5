//! What a stage is: audience, objectives, budget, resources by component, and what is bought elsewhere.

use std::fmt::Write;

use serde_json::json;

use super::table::{Table, dollars, grouped};
use crate::blueprint::Compiled;
use crate::model::Json;

/// All stages, a line each, the current one marked.
pub fn overview(stages: &[Compiled], current: Option<u32>) -> String {
    let mut table = Table::new([
        "",
        "STAGE",
        "NAME",
        "USERS",
        "REGIONS",
        "RESOURCES",
        "BUDGET",
        "ELSEWHERE",
        "OBJECTIVES",
    ])
    .right(3)
    .right(5)
    .right(6)
    .right(7);
    for compiled in stages {
        let head = &compiled.stage;
        table.row([
            if current == Some(head.number) { "*".to_owned() } else { String::new() },
            format!("stage-{}", head.number),
            head.name.clone(),
            head.users.map(|users| grouped(&users.to_string())).unwrap_or_default(),
            head.regions.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
            compiled.desired.len().to_string(),
            head.monthly_budget.map(dollars).unwrap_or_default(),
            dollars(elsewhere(compiled)),
            objectives(compiled),
        ]);
    }
    let mut out = table.render(0);
    out.push_str("\nBudgets are US dollars a month. ELSEWHERE is what is bought from others and not provisioned by stackctl.\n");
    if current.is_some() {
        out.push_str("* the stage in stackctl.yaml\n");
    }
    out
}

/// One stage in full.
pub fn stage(compiled: &Compiled) -> String {
    let head = &compiled.stage;
    let mut out = format!("Stage {}: {}   ({})\n", head.number, head.name, head.file);
    let mut fact = |name: &str, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            let _ = writeln!(out, "  {name:<11} {value}");
        }
    };
    let count = |number: u64| grouped(&number.to_string());
    fact("stack", Some(compiled.stack.to_string()));
    fact("users", head.users.map(count));
    fact("concurrent", head.concurrent.map(count));
    fact("objectives", Some(objectives(compiled)));
    fact("budget", head.monthly_budget.map(|budget| format!("{} a month", dollars(budget))));
    fact("regions", Some(head.regions.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")));
    out.push_str(&resources(compiled));
    out.push_str(&external(compiled));
    out
}

/// The same for programs.
pub fn json(compiled: &Compiled) -> Json {
    let head = &compiled.stage;
    json!({
        "stack": compiled.stack,
        "stage": head.number,
        "name": head.name,
        "file": head.file,
        "audience": {"users": head.users, "concurrent": head.concurrent},
        "objectives": head.objectives.iter().cloned().collect::<std::collections::BTreeMap<_, _>>(),
        "budget": {"monthly": head.monthly_budget},
        "regions": head.regions,
        "resources": compiled.desired.iter().map(|resource| json!({
            "address": resource.address,
            "type": resource.resource_type,
            "region": resource.address.place(),
            "depends_on": resource.depends_on,
        })).collect::<Vec<_>>(),
        "external": compiled.external.iter().map(|service| json!({
            "name": service.name,
            "plan": service.plan,
            "monthly": service.monthly,
            "purpose": service.purpose,
        })).collect::<Vec<_>>(),
    })
}

fn objectives(compiled: &Compiled) -> String {
    let parts = compiled.stage.objectives.iter().map(|(name, value)| format!("{name} {value}"));
    parts.collect::<Vec<_>>().join(", ")
}

fn elsewhere(compiled: &Compiled) -> f64 {
    // The sum of no floats is -0.
    compiled.external.iter().map(|service| service.monthly).sum::<f64>() + 0.0
}

/// A resource's id, its type, and the keys of its instances.
type Line = (String, String, Vec<String>);

/// How many keys are listed; of more, the number is told.
const KEYS: usize = 8;

/// Resources by place and component; instances of one `forEach` on one line.
fn resources(compiled: &Compiled) -> String {
    let mut out = format!("\nResources ({})\n", compiled.desired.len());
    let mut groups: Vec<(String, Vec<Line>)> = Vec::new();
    for resource in &compiled.desired {
        let address = &resource.address;
        let group = match address.component() {
            "" => address.place().to_owned(),
            component => format!("{}/{component}", address.place()),
        };
        let at = groups.iter().position(|(name, _)| *name == group).unwrap_or_else(|| {
            groups.push((group, Vec::new()));
            groups.len() - 1
        });
        let lines = &mut groups[at].1;
        let key = address.key().map(str::to_owned);
        match lines.iter_mut().find(|(name, ..)| name == address.resource()) {
            Some((.., keys)) => keys.extend(key),
            None => {
                let keys = key.into_iter().collect();
                lines.push((address.resource().to_owned(), resource.resource_type.to_string(), keys));
            }
        }
    }
    for (group, lines) in groups {
        let _ = writeln!(out, "  {group}");
        for (name, resource_type, keys) in lines {
            let name = match keys.len() {
                0 => name,
                1..=KEYS => format!("{name}[{}]", keys.join(" ")),
                count => format!("{name} x{count}"),
            };
            let _ = writeln!(out, "    {name:<28} {resource_type}");
        }
    }
    out
}

fn external(compiled: &Compiled) -> String {
    if compiled.external.is_empty() {
        return String::new();
    }
    let mut table = Table::new(["SERVICE", "PLAN", "MONTHLY", "PURPOSE"]).right(2);
    for service in &compiled.external {
        table.row([
            service.name.clone(),
            service.plan.clone(),
            dollars(service.monthly),
            service.purpose.clone().unwrap_or_default(),
        ]);
    }
    format!(
        "\nBought elsewhere, not provisioned by stackctl: {} a month\n{}",
        dollars(elsewhere(compiled)),
        table.render(2)
    )
}
