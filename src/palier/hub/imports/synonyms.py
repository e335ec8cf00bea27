"""How people call the canonical fields, in French and English, without accents, case nor spaces."""

from __future__ import annotations

COMMON = {
    "owner": "owner commercial vendeur responsable proprietaire salesagent salesrep accountmanager assignedto chargedaffaires",
    "currency": "currency devise monnaie codedevise",
    "status": "status statut etat state",
    "phone": "phone telephone tel mobile portable phonenumber numerodetelephone telephonefixe",
    "email": "email mail courriel adressemail adresseemail emailaddress adresseelectronique",
    "channel": "channel canal source",
}
FIELDS: dict[str, dict[str, str]] = {
    "customer": {
        "name": "name nom raisonsociale societe entreprise company companyname client nomclient customer customername account accountname denomination nomsociete organisation organization compte",
        "legal_name": "legalname nomlegal denominationsociale denominationlegale",
        "siren": "siren nsiren numerosiren sirennumber", "siret": "siret nsiret numerosiret",
        "vat_no": "vat vatno vatnumber tva tvaintra tvaintracommunautaire numerotva ntva numtva",
        "naf": "naf ape codenaf codeape", "headcount_band": "headcount effectif effectifs employees salaries trancheeffectif",
        "domain": "domain domaine website siteweb site url web", "email": COMMON["email"], "phone": COMMON["phone"],
        "address_line": "address adresse street rue addressline adresse1 adressepostale billingaddress adressefacturation",
        "postcode": "postcode zip zipcode codepostal cp postalcode", "city": "city ville commune town localite",
        "country": "country pays countrycode codepays", "stage": "stage statut status etape lifecyclestage typeclient",
        "owner": COMMON["owner"], "segment": "segment categorie category typologie tier",
        "industry": "industry secteur sector secteuractivite activite",
        "acquisition_channel": "acquisitionchannel canalacquisition canal source origine leadsource provenance",
        "first_won_on": "clientdepuis customersince datepremierachat dateclient firstpurchase", "churned_on": "churnedon datedepart dateresiliation churndate",
    },
    "contact": {
        "customer": "societe entreprise company companyid idsociete idclient clientid customerid client account accountid",
        "first_name": "firstname prenom givenname", "last_name": "lastname nom nomdefamille surname familyname",
        "email": COMMON["email"], "phone": COMMON["phone"], "job_title": "jobtitle fonction poste titre title position role",
        "opt_in_email": "optin optinemail consentement newsletter subscribed abonne accepteemail rgpd",
        "is_shared_mailbox": "sharedmailbox boitepartagee",
    },
    "product": {
        "name": "name nom produit product libelle designation productname nomproduit article intitule",
        "sku": "sku reference ref codearticle codeproduit productcode stockcode", "family": "family famille gamme series categorie category",
        "price_minor": "price prix prixht prixunitaire tarif salesprice unitprice puht prixdevente", "currency": COMMON["currency"],
    },
    "deal": {
        "customer": "customer client account accountid customerid idclient clientid societe entreprise company compte",
        "product": "product produit productid idproduit offre",
        "name": "name nom dealname opportunite opportunity affaire intitule nomaffaire libelle titre title",
        "amount_minor": "amount montant montantht valeur value closevalue dealvalue ca montantestime revenue",
        "currency": COMMON["currency"], "stage": "stage etape phase dealstage etapeaffaire", "status": COMMON["status"],
        "pipeline": "pipeline tunnel", "probability": "probability probabilite proba chance",
        "source_channel": "source canal origine leadsource provenance channel",
        "opened_on": "openedon creele datecreation createdat created dateouverture engagedate createdate opendate dateentree",
        "demo_on": "demoon datedemo demodate demonstration rdv daterdv", "won_on": "wonon dategain wondate datesignature signele",
        "lost_on": "loston dateperte lostdate", "lost_reason": "lostreason motifperte raisonperte motif motifdeperte", "owner": COMMON["owner"],
    },
    "subscription": {
        "customer": "customer client customerid idclient clientid account accountid societe", "product": "product produit productid",
        "plan": "plan offre formule abonnement", "quantity": "quantity quantite qte seats licences",
        "mrr_minor": "mrr montantmensuel monthlyamount mensualite revenumensuel", "currency": COMMON["currency"],
        "billing_period": "billingperiod periodicite period frequence interval", "status": COMMON["status"],
        "started_on": "startedon datedebut debut start startdate souscritle", "trial_end_on": "trialend finessai",
        "cancel_on": "cancelon dateannulation cancelat", "ended_on": "endedon datefin fin end enddate resiliele endedat",
        "end_reason": "endreason motiffin motifresiliation", "channel": COMMON["channel"],
    },
    "invoice": {
        "customer": "customer client customerid idclient clientid account codeclient societe tiers nomclient customername",
        "subscription": "subscription abonnement subscriptionid idabonnement",
        "number": "number numero invoicenumber invoiceno numerofacture nfacture nofacture facture invoice piece numeropiece num",
        "kind": "kind type typepiece typedocument documenttype", "issued_on": "date issuedon issued datefacture dateemission invoicedate issuedate datedefacture datepiece",
        "due_on": "dueon due duedate echeance dateecheance datedecheance", "settled_on": "settledon datereglement paidon datepaiement payele",
        "net_minor": "net montantht totalht ht nethtc netamount subtotal amountexcltax montanthorstaxe amount montant",
        "tax_minor": "tax tva montanttva vat taxamount totaltva", "gross_minor": "gross montantttc totalttc ttc total grossamount amountincltax totalamount",
        "paid_minor": "paid paye montantpaye regle montantregle amountpaid", "currency": COMMON["currency"], "status": COMMON["status"],
    },
    "invoice_line": {
        "invoice": "invoice facture invoiceid invoiceno numerofacture idfacture invoicenumber", "product": "product produit productid sku stockcode reference codearticle",
        "label": "label libelle description designation", "quantity": "quantity quantite qte", "net_minor": "net montantht totalht linetotal amount montant",
    },
    "payment": {
        "invoice": "invoice facture invoiceid invoiceno numerofacture idfacture", "customer": "customer client customerid idclient clientid",
        "paid_on": "paidon date datepaiement datereglement paymentdate datedepaiement datevaleur", "amount_minor": "amount montant montantregle paymentamount montantpaye",
        "currency": COMMON["currency"], "method": "method mode moyen moyendepaiement modereglement paymentmethod modedepaiement",
        "status": COMMON["status"], "fee_minor": "fee frais commission", "bank_ref": "bankref referencebancaire libellebancaire refbancaire",
    },
    "marketing_spend": {
        "channel": "channel canal source plateforme platform regie support", "campaign": "campaign campagne campaignname nomcampagne",
        "day": "day jour date", "spend_minor": "spend cost cout depense depenses montantdepense budget amountspent coutht",
        "currency": COMMON["currency"], "impressions": "impressions impr", "clicks": "clicks clics", "conversions": "conversions conv",
        "attributed_value_minor": "valeurconversion conversionvalue valeurdeconversion",
    },
    "event": {
        "customer": "customer client customerid idclient clientid accountid", "contact": "contact contactid idcontact userid",
        "name": "event evenement eventname action nomevenement", "occurred_at": "occurredat timestamp date datetime horodatage time createdat eventtime",
        "value_minor": "value valeur montant", "anonymous_id": "anonymousid visitorid",
    },
}
"""Per entity and field; entities that tools never export as they are (deal_event, recurring_line) are absent."""

FILE_WORDS: dict[str, str] = {
    "customer": "customers customer clients client accounts comptes societes entreprises companies tiers",
    "contact": "contacts contact leads personnes people", "product": "products produits articles catalogue tarifs",
    "deal": "deals opportunites opportunities affaires pipeline devis", "subscription": "subscriptions abonnements contrats",
    "invoice": "invoices factures facturation avoirs orders commandes", "invoice_line": "lines lignes",
    "payment": "payments paiements reglements encaissements", "marketing_spend": "spend depenses ads campagnes campaigns publicite",
    "event": "events evenements tickets logs",
}
IDENTIFIERS = "id identifiant code uid uuid externalid idexterne ref reference cle key numero number no"

CHOICE_WORDS: dict[str, str] = {
    "won": "won gagne gagnee signe signee closedwon vendu", "lost": "lost perdu perdue closedlost abandonne annule",
    "open": "open ouvert ouverte encours enattente engaging prospecting qualification proposition negociation nouveau",
    "prospect": "prospect lead piste", "customer": "customer client actif active", "churned": "churned ancien ancienclient perdu parti resilie inactif",
    "company": "company societe entreprise b2b professionnel pro", "individual": "individual particulier personne b2c",
    "invoice": "invoice facture f fac", "credit_note": "creditnote avoir a av refund remboursement", "order": "order commande",
    "draft": "draft brouillon", "issued": "issued emise envoyee sent open apayer enattente validee nonpayee unpaid", "paid": "paid payee paye reglee regle acquittee soldee",
    "cancelled": "cancelled canceled annulee annule void",
    "trial": "trial essai trialing enessai", "active": "active actif actifs encours", "paused": "paused suspendu enpause pause", "past_due": "pastdue impaye enretard",
    "ended": "ended termine resilie canceled cancelled annule expire clos",
    "day": "day jour quotidien daily", "week": "week semaine hebdomadaire weekly", "month": "month mois mensuel mensuelle monthly",
    "quarter": "quarter trimestre trimestriel trimestrielle quarterly", "half": "half semestre semestriel semestrielle", "year": "year an annuel annuelle annee yearly annual",
    "media": "media medias publicite achat", "tools": "tools outils logiciel", "salaries": "salaries salaires", "founder_time": "foundertime tempsdirigeant",
}
