# The state goes to a server that takes its time: whoever is told twice to stop does not wait for it.
terraform {
  backend "http" {}
}

resource "terraform_data" "first" {
  input = "first"
}

resource "terraform_data" "second" {
  input = terraform_data.first.output

  provisioner "local-exec" {
    command = "trap '' HUP INT QUIT TERM; echo busy; sleep 20"
  }
}

resource "terraform_data" "third" {
  input      = "third"
  depends_on = [terraform_data.second]
}
