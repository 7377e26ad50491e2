echo 'pawl: problem snapshot is not written yet.'; exit 1
