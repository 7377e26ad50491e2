echo 'pawl: problem swap is not written yet.'; exit 1
