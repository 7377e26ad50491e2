echo 'pawl: problem copy is not written yet.'; exit 1
