use campaign::plan::Hunts;

use super::*;

#[test]
fn every_rare_bug_is_hunted_by_both_sides_over_the_same_mix() {
    let experiment = Search.experiment(2);
    let hunt = experiment.hunt.clone().unwrap();
    let groups: Vec<&[Cell]> = experiment.cells.chunks(hunt.parts).collect();
    assert_eq!(groups.len(), hunt.searches.len());
    assert!(groups.len() > 2 * 9, "{}", groups.len());
    for (group, searches) in groups.iter().zip(&hunt.searches) {
        let parts: Vec<&str> = group.iter().filter_map(|cell| cell.axis("part")).collect();
        assert_eq!(parts, mix().iter().map(|part| part.name).collect::<Vec<_>>());
        assert!(group.iter().all(|cell| cell.axis("defect") == group[0].axis("defect")));
        assert!(group.iter().all(|cell| (cell.axis("side") == Some("search")) == *searches));
    }
    let units = Hunts::new(&hunt, 2, 1).count() as u64;
    assert_eq!(units, experiment.runs());
}

#[test]
fn only_the_node_is_told_which_bug_it_has_and_nobody_which_side_it_is() {
    let experiment = Search.experiment(1);
    let told = |defect: &str, side: &str| -> Vec<_> {
        let mine = |cell: &&Cell| cell.axis("defect") == Some(defect) && cell.axis("side") == Some(side);
        let settings =
            |cell: &Cell| cell.settings.iter().filter(|word| !word.starts_with("defect=")).cloned().collect::<Vec<_>>();
        experiment
            .cells
            .iter()
            .filter(mine)
            .map(|cell| (settings(cell), format!("{:?}", cell.work), cell.nodes))
            .collect()
    };
    let unbroken = told(NONE, "search");
    assert_eq!(unbroken.len(), mix().len());
    for bug in measured().iter().filter(|bug| bug.is_rare()) {
        assert_eq!(told(&bug.defect, "blind"), unbroken, "{}", bug.defect);
        assert_eq!(told(&bug.defect, "search"), unbroken, "{}", bug.defect);
    }
}

#[test]
fn a_choice_of_cells_keeps_whole_groups_or_is_refused() {
    let experiment = Search.experiment(1);
    let without_disks = experiment.clone().only(|cell| !cell.disks).unwrap();
    let hunt = without_disks.hunt.clone().unwrap();
    assert!(hunt.parts < mix().len() && hunt.searches.len() == experiment.hunt.clone().unwrap().searches.len());
    let one = experiment.clone().only(|cell| cell.axis("defect") == Some("abdicates")).unwrap();
    assert_eq!(one.hunt.unwrap().searches, [false, true]);
    let torn = experiment.only(|cell| cell.axis("side") == Some("blind") || cell.axis("part") == Some("chaos-5"));
    assert!(torn.is_none());
}
