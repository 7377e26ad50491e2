echo 'pawl: problem undo is not written yet.'; exit 1
