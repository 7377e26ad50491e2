echo 'pawl: problem cleanup is not written yet.'; exit 1
