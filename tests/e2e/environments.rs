//! Two environments of one project in one account: each is a stack of its own.

use crate::workspace::Workspace;

#[test]
fn staging_and_production_stand_side_by_side() {
    let Some(workspace) = Workspace::shipped() else { return };
    let mut workspace = workspace.environment("staging");
    workspace.settle("launch");
    workspace.switch("production");
    workspace.settle("launch");

    let stacks = |workspace: &Workspace| {
        let mut stacks: Vec<_> =
            workspace.other_client().inventory().into_iter().filter_map(|item| item.stack).collect();
        stacks.sort();
        stacks.dedup();
        stacks
    };
    assert_eq!(stacks(&workspace), ["streamnow-production", "streamnow-staging"]);

    // What happens to one is nothing to the other.
    workspace.switch("staging");
    workspace.assert_settled("launch");
    workspace.destroy();
    assert_eq!(stacks(&workspace), ["streamnow-production"]);
    workspace.switch("production");
    workspace.assert_settled("launch");
}
